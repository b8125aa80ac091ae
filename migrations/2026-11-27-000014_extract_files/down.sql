DROP TABLE extract_files;
